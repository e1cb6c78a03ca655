package dev.netflight.it.app;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.string.StringEncoder;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A client on Netty: {@link Submitters} write to channels that an event loop sends for. Arguments: the echo server's port,
 * {@code epoll} or {@code nio}, how many channels, how many requests on each thread. Prints {@code done}, and ends when its
 * input ends.
 *
 * <p>A request is a mark; each third one is written without a flush and each seventh cancelled before it can be sent. Between
 * them the event loop itself writes dots, of which nobody knows more than that.
 */
public final class NettySubmit {
    private NettySubmit() {}

    public static void main(String[] args) throws Exception {
        int port = Integer.parseInt(args[0]);
        boolean epoll = args[1].equals("epoll");
        Channel[] channels = new Channel[Integer.parseInt(args[2])];
        EventLoopGroup loops = new MultiThreadIoEventLoopGroup(2, epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());
        try {
            for (int i = 0; i < channels.length; i++) {
                channels[i] = new Bootstrap().group(loops)
                        .channel(epoll ? EpollSocketChannel.class : NioSocketChannel.class)
                        .handler(new ChannelInitializer<Channel>() {
                            @Override
                            protected void initChannel(Channel channel) {
                                channel.pipeline().addLast(new StringEncoder(StandardCharsets.US_ASCII), new Reader());
                            }
                        })
                        .connect("127.0.0.1", port).sync().channel();
            }
            AtomicInteger turn = new AtomicInteger();
            Submitters.run(Integer.parseInt(args[3]), mark -> request(channels, turn.getAndIncrement(), mark));
            for (Channel channel : channels) {
                channel.writeAndFlush(Unpooled.EMPTY_BUFFER).sync();
            }
            System.out.println("done");
            while (System.in.read() >= 0) {
                // wait for the end of the test
            }
        } finally {
            loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        }
    }

    private static void request(Channel[] channels, int turn, String mark) {
        Channel channel = channels[turn % channels.length];
        if (turn % 3 == 0) {
            ChannelFuture written = channel.write(mark);
            if (turn % 7 == 0) {
                written.cancel(false);
            }
        } else if (turn % 2 == 0) {
            channel.writeAndFlush(Unpooled.copiedBuffer(mark, StandardCharsets.US_ASCII));
        } else {
            channel.writeAndFlush(mark).addListener(done -> channel.write(dots()));
        }
    }

    /** As long as a mark, so that marks lie at whole places of the stream. */
    private static String dots() {
        return ".".repeat(Submitters.MARK);
    }

    private static final class Reader extends ChannelInboundHandlerAdapter {}
}
